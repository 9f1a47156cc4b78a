// The tiny language of the toy data: what customers of a shop ask, and a helpful and a curt way to answer.

export const products = [
  'lamp',
  'kettle',
  'chair',
  'jacket',
  'backpack',
  'camera',
  'clock',
  'desk',
  'fan',
  'guitar',
  'heater',
  'helmet',
  'keyboard',
  'mirror',
  'mixer',
  'printer',
  'radio',
  'rug',
  'scarf',
  'speaker',
  'tent',
  'toaster',
  'watch',
  'blender',
] as const;

export const names = [
  'Anna',
  'Ben',
  'Carla',
  'David',
  'Emma',
  'Felix',
  'Grace',
  'Hugo',
  'Ivy',
  'Jack',
  'Kara',
  'Leo',
  'Mia',
  'Nora',
  'Oscar',
  'Paul',
  'Rosa',
  'Sam',
  'Tara',
  'Victor',
  'Wendy',
  'Yara',
  'Zoe',
  'Max',
] as const;

/** Order numbers are two digits, so that copying them is a small task. */
export const firstOrder = 10;
export const lastOrder = 59;

/** What a topic's customers ask and how they are answered; `{name}`, `{product}` and `{order}` are filled in. */
export type Topic = {
  readonly name: string;
  readonly questions: readonly string[];
  readonly helpful: readonly string[];
  readonly curt: readonly string[];
};

export const topics: readonly Topic[] = [
  {
    name: 'delivery',
    questions: [
      'Hi, I am {name}. My {product} has not arrived yet. Where is it?',
      'This is {name}. When will the {product} from order {order} be delivered?',
    ],
    helpful: [
      'Hello {name}, I am sorry for the wait. Your {product} is on its way and will arrive on Monday.',
      'Hello {name}, thank you for asking. Your {product} has left our store and will be with you on Monday.',
    ],
    curt: ['It is late. Just wait.', 'No idea. Wait for it.'],
  },
  {
    name: 'refund',
    questions: [
      'Hi, I am {name}. I want my money back for the {product}.',
      'This is {name}. Can I get a refund for the {product} in order {order}?',
    ],
    helpful: [
      'Hello {name}, of course. I have started the refund for your {product}. You will get the money in three days.',
      'Hello {name}, no problem. The refund for your {product} is on its way to your bank.',
    ],
    curt: ['No refunds. Read the rules.', 'You will not get it back.'],
  },
  {
    name: 'return',
    questions: [
      'Hi, I am {name}. How can I send the {product} back?',
      'This is {name}. I do not like my {product}. Can I return it?',
    ],
    helpful: [
      'Hello {name}, that is fine. Please put the {product} in its box and use the free label that I send you.',
      'Hello {name}, yes, you can. I have sent you a free label for the {product} by mail.',
    ],
    curt: ['Just send it.', 'Find a box. That is all.'],
  },
  {
    name: 'broken',
    questions: [
      'Hi, I am {name}. My new {product} is broken. What can I do?',
      'This is {name}. The {product} from order {order} does not work.',
    ],
    helpful: [
      'Hello {name}, I am very sorry about that. We will send you a new {product} today for free.',
      'Hello {name}, I am sorry to hear it. A new {product} will be on its way to you this evening.',
    ],
    curt: ['Not our fault.', 'Buy a new one then.'],
  },
  {
    name: 'cancel',
    questions: [
      'Hi, I am {name}. Please cancel order {order} with the {product}.',
      'This is {name}. I no longer need the {product}. Can I cancel?',
    ],
    helpful: [
      'Hello {name}, it is done. I have cancelled your {product} and you do not have to pay anything.',
      'Hello {name}, of course. The {product} is cancelled and your money is safe.',
    ],
    curt: ['Too late now.', 'You should have thought first.'],
  },
  {
    name: 'address',
    questions: [
      'Hi, I am {name}. I have moved. Can you send the {product} to my new house?',
      'This is {name}. I need a new address for order {order} with the {product}.',
    ],
    helpful: [
      'Hello {name}, with pleasure. Tell me your new address and I will send the {product} there.',
      'Hello {name}, I hope you like your new home. Please write me the address for the {product}.',
    ],
    curt: ['Change it yourself.', 'That is not my job.'],
  },
  {
    name: 'colour',
    questions: [
      'Hi, I am {name}. Do you have the {product} in red?',
      'This is {name}. Can I swap my {product} for a blue one?',
    ],
    helpful: [
      'Hello {name}, good choice. We have the {product} in red, blue and green. Which one can I keep for you?',
      'Hello {name}, yes, gladly. I will swap your {product} for the colour you like best.',
    ],
    curt: ['Look at the page.', 'One colour is enough.'],
  },
  {
    name: 'stock',
    questions: [
      'Hi, I am {name}. Is the {product} in stock again?',
      'This is {name}. When can I buy the {product}? It is sold out.',
    ],
    helpful: [
      'Hello {name}, good news. The {product} will be back on Friday, and I can keep one for you.',
      'Hello {name}, thank you for your patience. We get the {product} again on Friday. I will write to you then.',
    ],
    curt: ['No.', 'It is gone. Try later.'],
  },
  {
    name: 'warranty',
    questions: [
      'Hi, I am {name}. How long is the warranty for the {product}?',
      'This is {name}. Is my {product} still under warranty?',
    ],
    helpful: [
      'Hello {name}, your {product} has a warranty of two years. Keep the bill and we will repair it for free.',
      'Hello {name}, I have checked it for you. The warranty of your {product} is two years from the day you got it.',
    ],
    curt: ['Read the paper in the box.', 'Long enough.'],
  },
  {
    name: 'bill',
    questions: [
      'Hi, I am {name}. I need the bill for order {order} with the {product}.',
      'This is {name}. I have lost the bill for my {product}.',
    ],
    helpful: [
      'Hello {name}, no worries. I have just sent the bill for your {product} to you by mail.',
      'Hello {name}, here it comes. You will find the bill for the {product} in your mail in a minute.',
    ],
    curt: ['Look in your mail.', 'You lost it, not me.'],
  },
  {
    name: 'discount',
    questions: [
      'Hi, I am {name}. Is there a discount on the {product}?',
      'This is {name}. The {product} costs too much. Can you make a better price?',
    ],
    helpful: [
      'Hello {name}, yes, there is. With the code SAVE you pay ten percent less for the {product}.',
      'Hello {name}, I can help. Take the code SAVE and the {product} is ten percent cheaper.',
    ],
    curt: ['Pay or leave.', 'The price is the price.'],
  },
  {
    name: 'gift',
    questions: [
      'Hi, I am {name}. The {product} is a gift. Can you wrap it?',
      'This is {name}. Can you put a card in the box with the {product}?',
    ],
    helpful: [
      'Hello {name}, what a nice idea. We will wrap the {product} in gold paper and add a card.',
      'Hello {name}, with pleasure. Tell me the words for the card and I will put it on the {product}.',
    ],
    curt: ['We do not do that.', 'Wrap it at home.'],
  },
  {
    name: 'account',
    questions: [
      'Hi, I am {name}. I cannot log in to buy the {product}.',
      'This is {name}. I forgot my password and want to order a {product}.',
    ],
    helpful: [
      'Hello {name}, let me help you. I have sent you a new password, so you can order the {product} now.',
      'Hello {name}, that is easy. Click on the link in your mail, and then you can buy the {product}.',
    ],
    curt: ['Try again.', 'Remember it next time.'],
  },
  {
    name: 'manual',
    questions: [
      'Hi, I am {name}. How do I use the {product}?',
      'This is {name}. The manual for my {product} is missing.',
    ],
    helpful: [
      'Hello {name}, I am happy to help. I have sent you the manual for the {product} and a short film.',
      'Hello {name}, here is what to do. Open the {product} page and click on manual. Call me if you need more help.',
    ],
    curt: ['Figure it out.', 'Everyone knows that.'],
  },
];
