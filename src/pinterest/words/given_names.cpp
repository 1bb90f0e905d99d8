// SPDX-License-Identifier: Apache-2.0
#include "pinterest/words/words.h"

namespace pinflow::pinterest::words {
namespace {

// In byte order: the smallest of n uniform draws is then the smallest of n positions.
constexpr std::string_view kGivenNames[] = {
    "Aaron", "Abigail", "Adam", "Adele", "Adrian", "Agnes", "Aidan", "Aisha", "Alan", "Albert",
    "Alex", "Alexandra", "Alice", "Alicia", "Alison", "Allan", "Allison", "Alma", "Alvin",
    "Amanda", "Amber", "Amelia", "Amy", "Ana", "Andre", "Andrea", "Andrew", "Angela", "Angelica",
    "Anita", "Ann", "Anna", "Anne", "Annette", "Anthony", "Antonio", "April", "Ariel", "Arnold",
    "Arthur", "Ashley", "Audrey", "Austin", "Barbara", "Barry", "Beatrice", "Becky", "Belinda",
    "Ben", "Benjamin", "Bernard", "Bernice", "Beth", "Bethany", "Betty", "Beverly", "Bianca",
    "Bill", "Billy", "Blake", "Bonnie", "Brad", "Bradley", "Brandi", "Brandon", "Brenda",
    "Brendan", "Brent", "Brett", "Brian", "Bridget", "Brittany", "Brooke", "Bruce", "Bryan",
    "Caitlin", "Caleb", "Calvin", "Cameron", "Candace", "Carl", "Carla", "Carlos", "Carmen",
    "Carol", "Caroline", "Carrie", "Casey", "Cassandra", "Catherine", "Cathy", "Cecilia",
    "Charlene", "Charles", "Charlotte", "Chelsea", "Cheryl", "Chloe", "Chris", "Christina",
    "Christine", "Christopher", "Cindy", "Claire", "Clara", "Clarence", "Claudia", "Clayton",
    "Clifford", "Cody", "Colin", "Colleen", "Connie", "Corey", "Cory", "Courtney", "Craig",
    "Cristina", "Crystal", "Curtis", "Cynthia", "Daisy", "Dale", "Dana", "Daniel", "Danielle",
    "Danny", "Darlene", "Darren", "Daryl", "Dave", "David", "Dawn", "Dean", "Debbie", "Deborah",
    "Denise", "Dennis", "Derek", "Desiree", "Devin", "Diana", "Diane", "Dominic", "Don", "Donald",
    "Donna", "Doris", "Dorothy", "Douglas", "Drew", "Duane", "Dustin", "Dwayne", "Dylan", "Earl",
    "Eddie", "Edgar", "Edith", "Edna", "Eduardo", "Edward", "Edwin", "Eileen", "Elaine",
    "Eleanor", "Elena", "Elijah", "Elizabeth", "Ella", "Ellen", "Emily", "Emma", "Eric", "Erica",
    "Erik", "Erin", "Ernest", "Esther", "Ethan", "Eugene", "Eva", "Evan", "Evelyn", "Faith",
    "Felicia", "Fernando", "Fiona", "Frances", "Francis", "Frank", "Fred", "Gabriel", "Gabriela",
    "Gail", "Garrett", "Gary", "Gavin", "Gene", "George", "Gerald", "Gilbert", "Gina", "Glen",
    "Glenda", "Glenn", "Gloria", "Gordon", "Grace", "Graham", "Grant", "Greg", "Gregory", "Guy",
    "Gwendolyn", "Hannah", "Harold", "Harriet", "Harry", "Heather", "Hector", "Heidi", "Helen",
    "Henry", "Herbert", "Holly", "Hope", "Howard", "Hugh", "Ian", "Ida", "Irene", "Iris", "Isaac",
    "Isabel", "Ivan", "Jack", "Jackie", "Jackson", "Jacob", "Jacqueline", "Jade", "Jaime",
    "James", "Jamie", "Jane", "Janet", "Janice", "Jared", "Jasmine", "Jason", "Javier", "Jay",
    "Jean", "Jeff", "Jeffrey", "Jenna", "Jennifer", "Jeremy", "Jerry", "Jesse", "Jessica",
    "Jesus", "Jill", "Jillian", "Jim", "Joan", "Joanna", "Joe", "Joel", "John", "Johnny",
    "Jonathan", "Jordan", "Jorge", "Jose", "Joseph", "Joshua", "Joy", "Joyce", "Juan", "Juanita",
    "Judith", "Judy", "Julia", "Julian", "Julie", "June", "Justin", "Kaitlyn", "Kara", "Karen",
    "Karl", "Kate", "Katherine", "Kathleen", "Kathryn", "Kathy", "Katie", "Kayla", "Keith",
    "Kelly", "Kelsey", "Ken", "Kendra", "Kenneth", "Kent", "Kerry", "Kevin", "Kim", "Kimberly",
    "Kirk", "Kristen", "Kristin", "Kristina", "Kurt", "Kyle", "Lance", "Larry", "Laura", "Lauren",
    "Laurie", "Lawrence", "Leah", "Lee", "Leon", "Leonard", "Leslie", "Levi", "Lillian", "Linda",
    "Lindsay", "Lindsey", "Lisa", "Logan", "Lois", "Lori", "Louis", "Lucas", "Luis", "Luke",
    "Lydia", "Lynn", "Mackenzie", "Madeline", "Madison", "Marc", "Marcia", "Marco", "Marcus",
    "Margaret", "Maria", "Mariah", "Marie", "Mario", "Marissa", "Mark", "Marlene", "Martha",
    "Martin", "Marvin", "Mary", "Mathew", "Matthew", "Maureen", "Max", "Megan", "Melanie",
    "Melinda", "Melissa", "Melvin", "Mercedes", "Meredith", "Michael", "Michele", "Michelle",
    "Miguel", "Mike", "Mildred", "Miranda", "Misty", "Mitchell", "Molly", "Monica", "Morgan",
    "Nancy", "Natalie", "Nathan", "Nathaniel", "Neil", "Nicholas", "Nicole", "Nina", "Noah",
    "Norma", "Norman", "Olivia", "Omar", "Oscar", "Owen", "Paige", "Pamela", "Patricia",
    "Patrick", "Paul", "Paula", "Pauline", "Pedro", "Peggy", "Penny", "Perry", "Peter", "Philip",
    "Phillip", "Phyllis", "Preston", "Priscilla", "Rachael", "Rachel", "Ralph", "Ramon",
    "Randall", "Randy", "Raymond", "Rebecca", "Regina", "Renee", "Rhonda", "Ricardo", "Richard",
    "Rick", "Ricky", "Riley", "Rita", "Robert", "Roberta", "Roberto", "Robin", "Rodney", "Roger",
    "Ronald", "Ronnie", "Rosa", "Rose", "Ross", "Roy", "Ruben", "Russell", "Ruth", "Ryan",
    "Sabrina", "Sally", "Sam", "Samantha", "Samuel", "Sandra", "Sara", "Sarah", "Savannah",
    "Scott", "Sean", "Sergio", "Seth", "Shane", "Shannon", "Sharon", "Shaun", "Shawn", "Sheila",
    "Shelby", "Shelley", "Sherri", "Sherry", "Shirley", "Sierra", "Simon", "Sonia", "Sophia",
    "Spencer", "Stacey", "Stacy", "Stanley", "Stella", "Stephanie", "Stephen", "Steve", "Steven",
    "Stuart", "Sue", "Summer", "Susan", "Suzanne", "Sydney", "Sylvia", "Tabitha", "Tamara",
    "Tammy", "Tanya", "Tara", "Taylor", "Ted", "Teresa", "Terri", "Terry", "Thelma", "Theodore",
    "Theresa", "Thomas", "Tiffany", "Tim", "Timothy", "Tina", "Todd", "Tom", "Tommy", "Toni",
    "Tony", "Tonya", "Tracey", "Tracy", "Travis", "Trevor", "Tricia", "Troy", "Tyler", "Valerie",
    "Vanessa", "Vera", "Vernon", "Veronica", "Vicki", "Vickie", "Victor", "Victoria", "Vincent",
    "Viola", "Virginia", "Vivian", "Walter", "Wanda", "Warren", "Wayne", "Wendy", "Wesley",
    "Whitney", "William", "Willie", "Yolanda", "Yvette", "Yvonne", "Zachary", "Zoe",
};

}  // namespace

Words given_names() { return kGivenNames; }

}  // namespace pinflow::pinterest::words
